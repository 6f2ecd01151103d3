"""Making the model of `detectors.match.likeness` from labelled texts. Needs numpy (extra `model`)."""
