// Where the rows begin that the token has whose choice is made. Needs TOKENS, and
// push constants that are the words from one token's row to the next.
uint scoreAt, stateAt, globalsAt, reportAt, listAt;

void ofToken(uint token) {
    stepAt = token * STEP;
    scoreAt = token * p.scoreRow;
    stateAt = token * p.stateRow;
    globalsAt = token * p.globalsRow;
    reportAt = token * p.reportRow;
    listAt = token * p.listRow;
}
