"""What is simulated of a stored network: cells, synapses, devices, and what they aim at."""
