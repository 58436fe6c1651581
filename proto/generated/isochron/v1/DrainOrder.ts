// Original file: /work/main/proto/isochron/v1/fleet.proto


export interface DrainOrder {
}

export interface DrainOrder__Output {
}
