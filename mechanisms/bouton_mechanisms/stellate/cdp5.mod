TITLE Intracellular calcium with buffers and a membrane pump

COMMENT
Anwar, Hong and De Schutter (2012) Cerebellum 11:681, as in the cerebellar stellate cell of Rizza et al. (2021) Sci
Rep 11:3873. One well-mixed shell below the membrane, of volume V = diam^2 vrat per length,

    vrat = pi (r - d/2) 2 d     r = 0.5     d = r/(10.9495 - 1)/2

in which calcium (45e-6 mM at rest) meets, with rates in 1/(mM ms) and 1/ms:

    ca + buffer <-> cabuffer     0.1435, 0.0014         60.9091 mM in all
    ca + pv <-> capv             107, 9.5e-4            parvalbumin, 0.08 mM in all
    mg + pv <-> mgpv             0.8, 0.025             magnesium, always 0.59 mM
    ca + pump <-> pumpca         0.003, 1.75e-5         in the membrane, TotalPump mol/cm2 in all
    pumpca -> pump + outside     7.255e-5
    influx                       -ica pi diam/(2 F) per length

Buffers start in equilibrium with calcium and magnesium at rest, and the pump where its cycle is stationary there.
Further buffers of the source have the concentration 0 in this cell and are left out.
ENDCOMMENT

NEURON {
    THREADSAFE
    SUFFIX cdp5
    USEION ca READ ica WRITE cai
    RANGE TotalPump
}

UNITS {
    (mA) = (milliamp)
    (um) = (micron)
    (mol) = (1)
    (molar) = (1/liter)
    (mM) = (millimolar)
    FARADAY = (faraday) (10000 coulomb)
    PI = (pi) (1)
}

PARAMETER {
    TotalPump = 1e-9 (mol/cm2)
}

ASSIGNED {
    diam (um)
    ica (mA/cm2)
    volume (um2)
    edge (um)
}

STATE {
    cai (mM) <1e-3>
    buffer (mM)
    cabuffer (mM)
    pv (mM)
    capv (mM)
    mgpv (mM)
    pump (mol/cm2) <1e-9>
    pumpca (mol/cm2) <1e-9>
}

INITIAL {
    LOCAL d, a, b
    d = 0.5/(10.9495 - 1)/2
    volume = diam*diam*PI*(0.5 - d/2)*2*d
    edge = PI*diam
    cai = 45e-6
    a = 0.1435(/mM-ms)*cai/0.0014(/ms)
    buffer = 60.9091(mM)/(1 + a)
    cabuffer = buffer*a
    a = 107(/mM-ms)*cai/9.5e-4(/ms)
    b = 0.8*0.59/0.025
    pv = 0.08(mM)/(1 + a + b)
    capv = pv*a
    mgpv = pv*b
    a = 0.003(/mM-ms)*cai/(1.75e-5(/ms) + 7.255e-5(/ms))
    pump = TotalPump/(1 + a)
    pumpca = pump*a
}

BREAKPOINT {
    SOLVE kinetics METHOD sparse
}

KINETIC kinetics {
    COMPARTMENT volume {cai buffer cabuffer pv capv mgpv}
    COMPARTMENT (1e10)*edge {pump pumpca}
    ~ cai << (-ica*edge/(2*FARADAY))
    ~ cai + buffer <-> cabuffer (0.1435(/mM-ms)*volume, 0.0014(/ms)*volume)
    ~ cai + pv <-> capv (107(/mM-ms)*volume, 9.5e-4(/ms)*volume)
    ~ pv <-> mgpv (0.8(/mM-ms)*0.59(mM)*volume, 0.025(/ms)*volume)
    ~ cai + pump <-> pumpca (0.003(/mM-ms)*(1e10)*edge, 1.75e-5(/ms)*(1e10)*edge)
    ~ pumpca <-> pump (7.255e-5(/ms)*(1e10)*edge, 0)
}
