// Original file: /work/main/proto/isochron/v1/fleet.proto


export interface Draining {
}

export interface Draining__Output {
}
