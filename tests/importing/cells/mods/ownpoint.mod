NEURON {
  POINT_PROCESS ownpoint
  RANGE gain, drive, V, u, gA, gB
}
PARAMETER { gain = 1 drive = 12 }
ASSIGNED { V (millivolt) u gA gB }
INITIAL { V = -65 u = -13 gA = 0 gB = 0 net_send(0, 1) }
BREAKPOINT {
  V = V + dt*(0.04*V*V + 5*V + 140 - u + gain*drive - gA*V - gB*(V + 70))
  u = u + dt*0.02*(0.2*V - u)
  gA = gA*(1 - dt/5)
  gB = gB*(1 - dt/6)
}
NET_RECEIVE (wA, wB) {
  INITIAL { wA = wA wB = wB }
  if (flag == 1) { WATCH (V > 30) 2 }
  else if (flag == 2) { net_event(t) V = -65 u = u + 6 }
  else { gA = gA + wA gB = gB + wB }
}
