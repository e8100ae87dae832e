"""The traffic of one week at a bicycle leasing company that does not exist, one file a workload."""
