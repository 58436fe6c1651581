// Original file: isochron/v1/fleet.proto


export interface Draining {
}

export interface Draining__Output {
}
