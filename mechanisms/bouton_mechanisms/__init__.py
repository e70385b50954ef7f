"""MOD files of the catalogues that Bouton ships; see `bouton mechanisms list`."""
