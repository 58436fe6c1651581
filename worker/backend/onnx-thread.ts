/** The model thread of the `onnx` backend. */
import { loadOnnxModel } from './onnx-session.ts';
import { serveModelThread } from './thread-loop.ts';

serveModelThread(loadOnnxModel);
