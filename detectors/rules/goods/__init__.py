"""What is sold: counterfeits, goods without a producer, false origin and certificates, poor quality."""
