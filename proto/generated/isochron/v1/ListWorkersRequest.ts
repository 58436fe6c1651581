// Original file: /work/main/proto/isochron/v1/sampler.proto


export interface ListWorkersRequest {
}

export interface ListWorkersRequest__Output {
}
