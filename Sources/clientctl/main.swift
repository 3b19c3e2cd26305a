import ArgumentParser
print("clientctl")
