// Original file: isochron/v1/fleet.proto


export interface RowScalars {
  'firstStep'?: (number);
  'movement'?: (Buffer | Uint8Array | string);
  'slope'?: (Buffer | Uint8Array | string);
  'gain'?: (Buffer | Uint8Array | string);
  'residual'?: (Buffer | Uint8Array | string);
  'departure'?: (Buffer | Uint8Array | string);
  'closedFormDeparture'?: (Buffer | Uint8Array | string);
  'groupGain'?: (Buffer | Uint8Array | string);
  'peak'?: (Buffer | Uint8Array | string);
  'nearGain'?: (Buffer | Uint8Array | string);
  'interpolated'?: (Buffer | Uint8Array | string);
}

export interface RowScalars__Output {
  'firstStep': (number);
  'movement': (Buffer);
  'slope': (Buffer);
  'gain': (Buffer);
  'residual': (Buffer);
  'departure': (Buffer);
  'closedFormDeparture': (Buffer);
  'groupGain': (Buffer);
  'peak': (Buffer);
  'nearGain': (Buffer);
  'interpolated': (Buffer);
}
