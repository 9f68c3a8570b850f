print("probexd")
