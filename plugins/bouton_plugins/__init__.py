"""The plug-ins that Bouton ships; each folder registers itself as a third party would."""
