// Original file: isochron/v1/sampler.proto


export interface ListJobsRequest {
}

export interface ListJobsRequest__Output {
}
