TITLE Point neuron of Izhikevich (2007) with its own potential and four receptors

COMMENT
C V' = k (V - vr)(V - vt) - u + Iin - Isyn
u'   = a (U(V) - u),  U(V) = b (V - vu) + cubic max(V - vb, 0)^3, b = bhigh above -65 mV, blow below
Isyn = gAMPA V + gNMDA s/(1 + s) V + gGABAA (V + 70) + gGABAB (V + 90) + gOpsin V,
s = ((V + 80)/60)^2; each conductance decays with its own time constant.
When V - pu u rises above vpeak: an event, V = c + cu u, u = min(u + d, umax), all conductances 0.
Source: Izhikevich (2007) Dynamical Systems in Neuroscience, chapter 8 (pF, pA, nS, mV, ms).
ENDCOMMENT

NEURON {
  POINT_PROCESS Izhikevich2007a
  RANGE C, k, vr, vt, vpeak, a, bhigh, blow, c, d, Iin, vu, cubic, vb, pu, cu, umax, V0, u0
  RANGE tauAMPA, tauNMDA, tauGABAA, tauGABAB, tauOpsin
}

PARAMETER {
  C = 100
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
  tauAMPA = 5 (ms)
  tauNMDA = 150 (ms)
  tauGABAA = 6 (ms)
  tauGABAB = 150 (ms)
  tauOpsin = 50 (ms)
}

STATE { V (millivolt) u gAMPA gNMDA gGABAA gGABAB gOpsin }

INITIAL {
  V = V0
  u = u0
  gAMPA = 0
  gNMDA = 0
  gGABAA = 0
  gGABAB = 0
  gOpsin = 0
  net_send(0, 1)
}

BREAKPOINT { SOLVE change METHOD derivimplicit }

DERIVATIVE change {
  V' = (k*(V - vr)*(V - vt) - u + Iin - synaptic(V, gAMPA, gNMDA, gGABAA, gGABAB, gOpsin))/C
  u' = a*(target(V) - u)
  gAMPA' = -gAMPA/tauAMPA
  gNMDA' = -gNMDA/tauNMDA
  gGABAA' = -gGABAA/tauGABAA
  gGABAB' = -gGABAB/tauGABAB
  gOpsin' = -gOpsin/tauOpsin
}

FUNCTION synaptic(V, gA, gN, gG, gB, gO) {
  LOCAL s
  s = ((V + 80)/60)*((V + 80)/60)
  synaptic = gA*V + gN*s/(1 + s)*V + gG*(V + 70) + gB*(V + 90) + gO*V
}

FUNCTION target(V) {
  if (V > -65) {
    target = bhigh*(V - vu)
  } else {
    target = blow*(V - vu)
  }
  if (V > vb) {
    target = target + cubic*(V - vb)*(V - vb)*(V - vb)
  }
}

NET_RECEIVE (wAMPA, wNMDA, wGABAA, wGABAB, wOpsin) {
  INITIAL {
    wAMPA = wAMPA
    wNMDA = wNMDA
    wGABAA = wGABAA
    wGABAB = wGABAB
    wOpsin = wOpsin
  }
  if (flag == 1) {
    WATCH (V - pu*u > vpeak) 2
  } else if (flag == 2) {
    net_event(t)
    V = c + cu*u
    u = u + d
    if (u > umax) { u = umax }
    gAMPA = 0
    gNMDA = 0
    gGABAA = 0
    gGABAB = 0
    gOpsin = 0
  } else {
    gAMPA = gAMPA + wAMPA
    gNMDA = gNMDA + wNMDA
    gGABAA = gGABAA + wGABAA
    gGABAB = gGABAB + wGABAB
    gOpsin = gOpsin + wOpsin
  }
}
