TITLE Point neuron of Izhikevich (2003) with its own potential

COMMENT
V' = 0.04 V^2 + f V + g - u + Iin - gsyn (V - erev)
u' = a (b V - u)
gsyn' = -gsyn / taug
When V rises above thresh: an event, V = c, u = u + d. An event that arrives adds its weight to gsyn.
Source: Izhikevich (2003) IEEE Trans Neural Netw 14:1569; the input conductance is an addition.
ENDCOMMENT

NEURON {
  POINT_PROCESS Izhikevich2003a
  RANGE a, b, c, d, f, g, Iin, erev, taug, thresh, V0, u0
}

PARAMETER {
  a = 0.02 (/ms)
  b = 0.2
  c = -65 (millivolt)
  d = 6
  f = 5
  g = 140
  Iin = 0
  erev = 0 (millivolt)
  taug = 1 (ms)
  thresh = 30 (millivolt)
  V0 = -65 (millivolt)
  u0 = 0
}

STATE { V (millivolt) u gsyn }

INITIAL {
  V = V0
  u = u0
  gsyn = 0
  net_send(0, 1)
}

BREAKPOINT { SOLVE change METHOD derivimplicit }

DERIVATIVE change {
  V' = 0.04*V*V + f*V + g - u + Iin - gsyn*(V - erev)
  u' = a*(b*V - u)
  gsyn' = -gsyn/taug
}

NET_RECEIVE (wgsyn) {
  if (flag == 1) {
    WATCH (V > thresh) 2
  } else if (flag == 2) {
    net_event(t)
    V = c
    u = u + d
  } else {
    gsyn = gsyn + wgsyn
  }
}
