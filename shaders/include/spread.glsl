// Where the budget's state has the layers' spreads (spread.comp): per layer the
// running mean, then per layer the windows in it.
uint spreadsAt(uint layers, uint history) { return 1 + 2 * layers + layers * history; }
