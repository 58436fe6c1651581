// Original file: isochron/v1/sampler.proto


export interface ListWorkersRequest {
}

export interface ListWorkersRequest__Output {
}
