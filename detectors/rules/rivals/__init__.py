"""What is said of others in trade: their goods run down, their names borrowed.

Rules `disparagement` (反法 12, 直播办法 36, 广告法 13) and `confusion` (反法 7).
"""
