"""The model at work: text in, calibrated score out.

In order of a text's way: `normalise`, `cache`, `language`, `tokenise`, `session`,
`calibrate`; `manifest` is what the JSON files of a model folder say, `artifact` the checked
folder, `engine` the whole way, `batching` the queue in front of it. Knows nothing of policies,
storage or HTTP.
"""

import os

# Before onnxruntime is imported, which else reports its use to its maker and leaves a device id
# in the home folder: nothing leaves a machine that reads people's messages.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
