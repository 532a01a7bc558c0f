"""How good the harness is: `contract-tests prove` judges honest servers and servers with planted defects.

plan: what is planted in which server. launch: starting a server. rewriting: a proxy that plants defects in a
server whose source stays as it is. measuring: one run of the harness. figures: what the runs amount to.
"""
