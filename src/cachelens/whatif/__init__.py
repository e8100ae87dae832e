"""What other models, marks, lifetimes, prompts and amounts of traffic would cost, and where one overtakes another."""
