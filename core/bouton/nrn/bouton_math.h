// placeholder until tightening
