"""Evidence: the Merkle log of what arrived, signed heads, bundles and how they are checked."""
