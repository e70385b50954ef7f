"""Rules that connect cells where their branches meet: by voxels, or by distance."""
