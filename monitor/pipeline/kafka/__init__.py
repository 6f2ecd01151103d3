"""The scale-out runtime: the same engine on Kafka, with Faust workers that share the partitions.

Only this package knows Faust and aiokafka; the embedded monitor never loads it.
"""
