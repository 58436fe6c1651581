// Original file: isochron/v1/sampler.proto


export interface ListModelsRequest {
}

export interface ListModelsRequest__Output {
}
