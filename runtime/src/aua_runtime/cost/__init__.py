"""What calls cost: `amount` of one, `ledger` of those that are kept, `report` of many, and its `lines`."""
