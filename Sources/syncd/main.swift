import Hummingbird
import Configuration
import ServiceLifecycle
import Metrics
print("syncd")
