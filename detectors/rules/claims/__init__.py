"""Claims about goods in the words of the seller's side: absolute terms, healing, functions.

Rules `absolute-term` (广告法 9(3), with the guideline of 2023), `medical-claim` (广告法 17, 食安法
71, 73), `health-food-claim` (广告法 18, 食安法 78, 79) and `cosmetic-medical` (化妆品条例 37, 43). A
claim belongs to one of them: the class of the product decides between the three about health.
"""
