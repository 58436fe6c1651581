"""The model.py of every model that serve_triton.py serves: ONNX Runtime inside Triton's Python backend."""

import json

import onnxruntime as ort
import triton_python_backend_utils as triton


class TritonPythonModel:
    """One graph; a batch is what Triton's batcher has put together."""

    def initialize(self, args):
        """Opens the graph on one core."""
        config = json.loads(args["model_config"])
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = 1, 3
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        file = config["parameters"]["file"]["string_value"]
        self.session = ort.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self.inputs = [value.name for value in self.session.get_inputs()]
        self.outputs = [value.name for value in self.session.get_outputs()]

    def execute(self, requests):
        """Returns an answer for each request."""
        return [self.answer(request) for request in requests]

    def answer(self, request):
        """Runs the rows of one request."""
        feed = {name: triton.get_input_tensor_by_name(request, name).as_numpy() for name in self.inputs}
        found = self.session.run(None, feed)
        return triton.InferenceResponse([triton.Tensor(*pair) for pair in zip(self.outputs, found)])
