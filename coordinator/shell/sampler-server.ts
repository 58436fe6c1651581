/** The sampler service over gRPC, on the client port. */
import type { SamplerHandlers } from '../../proto/generated/isochron/v1/Sampler.ts';
import { rpcAnswers, type AnswerOptions } from './rpc-answers.ts';
import type { SamplerService } from './sampler-service.ts';

export interface SamplerServerOptions extends AnswerOptions {
  readonly service: SamplerService;
}

export function samplerHandlers(options: SamplerServerOptions): SamplerHandlers {
  const { service } = options;
  const { answer, unary, streaming } = rpcAnswers(options);
  return {
    Submit: unary((caller, request) => service.submit(caller, request)),
    SubmitTrajectory: (call, reply) =>
      answer(call, (caller) => service.submitTrajectory(caller, call), reply),
    Plan: unary((caller, request) => service.plan(caller, request)),
    GetJob: unary((caller, { job }) => service.job(caller, job)),
    Cancel: unary((caller, { job }) => service.cancel(caller, job)),
    ListJobs: unary((caller, request) => service.jobs(caller, request)),
    GetLoad: unary((caller) => service.load(caller)),
    ListWorkers: unary((caller) => service.workers(caller)),
    ListModels: unary((caller) => service.models(caller)),
    Drain: unary((caller, { worker }) => service.drain(caller, worker)),
    Watch: streaming((caller, { job, previews, trace }, signal) =>
      service.watch(caller, job, { previews, trace, signal }),
    ),
    Result: streaming((caller, wants) => service.result(caller, wants)),
  };
}
