TITLE Neuron of Izhikevich (2007) that is the membrane of its section

COMMENT
C v' = -i with i = -0.001 (k (v - vr)(v - vt) - u + Iin) nA; C is that of the section: 100 um2 for
1 pF at 1 uF/cm2. u, event and reset as in Izhikevich2007a; it has no synapses of its own.
Source: Izhikevich (2007) Dynamical Systems in Neuroscience, chapter 8 (pF, pA, nS, mV, ms).
ENDCOMMENT

NEURON {
  POINT_PROCESS Izhikevich2007b
  NONSPECIFIC_CURRENT i
  RANGE k, vr, vt, vpeak, a, bhigh, blow, c, d, Iin, vu, cubic, vb, pu, cu, umax, V0, u0
}

PARAMETER {
  k = 0.7
  vr = -60 (millivolt)
  vt = -40 (millivolt)
  vpeak = 35 (millivolt)
  a = 0.03 (/ms)
  bhigh = -2
  blow = -2
  c = -50 (millivolt)
  d = 100
  Iin = 0
  vu = -60 (millivolt)
  cubic = 0
  vb = -55 (millivolt)
  pu = 0
  cu = 0
  umax = 1e9
  V0 = -60 (millivolt)
  u0 = 0
}

ASSIGNED { v (millivolt) i (nanoamp) }

STATE { u }

INITIAL {
  u = u0
  net_send(0, 1)
}

BREAKPOINT {
  SOLVE change METHOD derivimplicit
  i = -0.001*(k*(v - vr)*(v - vt) - u + Iin)
}

DERIVATIVE change { u' = a*(target(v) - u) }

FUNCTION target(v) {
  if (v > -65) {
    target = bhigh*(v - vu)
  } else {
    target = blow*(v - vu)
  }
  if (v > vb) {
    target = target + cubic*(v - vb)*(v - vb)*(v - vb)
  }
}

NET_RECEIVE (w) {
  if (flag == 1) {
    WATCH (v - pu*u > vpeak) 2
    v = V0 : after WATCH, or NEURON forgets it
  } else if (flag == 2) {
    net_event(t)
    v = c + cu*u
    u = u + d
    if (u > umax) { u = umax }
  }
}
