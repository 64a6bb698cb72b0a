"""The category `record-vital`: file a vital sign, or say why it may not be filed."""
