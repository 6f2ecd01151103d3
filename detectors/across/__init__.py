"""The second stage: what one room cannot show. Rooms give signals, clusters of them give alerts."""
