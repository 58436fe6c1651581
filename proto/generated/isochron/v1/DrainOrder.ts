// Original file: isochron/v1/fleet.proto


export interface DrainOrder {
}

export interface DrainOrder__Output {
}
