// Original file: isochron/v1/sampler.proto


export interface LoadRequest {
}

export interface LoadRequest__Output {
}
