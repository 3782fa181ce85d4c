"""Solves one SMT-LIB file with cvc5 over the integers: python solver.py FILE. halmos calls it (scripts/halmos.mjs).

Amounts times prices are products of two unknowns; by bits they are out of reach, as integers they are not.
"""
import sys

import cvc5

manager = cvc5.TermManager()
solver = cvc5.Solver(manager)
solver.setOption("produce-models", "true")
solver.setOption("solve-bv-as-int", "sum")
parser = cvc5.InputParser(solver)
parser.setFileInput(cvc5.InputLanguage.SMT_LIB_2_6, sys.argv[1])
while not (command := parser.nextCommand()).isNull():
    print(command.invoke(solver, parser.getSymbolManager()), end="", flush=True)
