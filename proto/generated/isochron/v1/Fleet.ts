// Original file: isochron/v1/fleet.proto

import type * as grpc from '@grpc/grpc-js'
import type { MethodDefinition } from '@grpc/proto-loader'
import type { CoordinatorControl as _isochron_v1_CoordinatorControl, CoordinatorControl__Output as _isochron_v1_CoordinatorControl__Output } from '../../isochron/v1/CoordinatorControl.ts';
import type { CoordinatorData as _isochron_v1_CoordinatorData, CoordinatorData__Output as _isochron_v1_CoordinatorData__Output } from '../../isochron/v1/CoordinatorData.ts';
import type { WorkerControl as _isochron_v1_WorkerControl, WorkerControl__Output as _isochron_v1_WorkerControl__Output } from '../../isochron/v1/WorkerControl.ts';
import type { WorkerData as _isochron_v1_WorkerData, WorkerData__Output as _isochron_v1_WorkerData__Output } from '../../isochron/v1/WorkerData.ts';

export interface FleetClient extends grpc.Client {
  Control(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_isochron_v1_WorkerControl, _isochron_v1_CoordinatorControl__Output>;
  Control(options?: grpc.CallOptions): grpc.ClientDuplexStream<_isochron_v1_WorkerControl, _isochron_v1_CoordinatorControl__Output>;
  control(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_isochron_v1_WorkerControl, _isochron_v1_CoordinatorControl__Output>;
  control(options?: grpc.CallOptions): grpc.ClientDuplexStream<_isochron_v1_WorkerControl, _isochron_v1_CoordinatorControl__Output>;
  
  Data(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_isochron_v1_WorkerData, _isochron_v1_CoordinatorData__Output>;
  Data(options?: grpc.CallOptions): grpc.ClientDuplexStream<_isochron_v1_WorkerData, _isochron_v1_CoordinatorData__Output>;
  data(metadata: grpc.Metadata, options?: grpc.CallOptions): grpc.ClientDuplexStream<_isochron_v1_WorkerData, _isochron_v1_CoordinatorData__Output>;
  data(options?: grpc.CallOptions): grpc.ClientDuplexStream<_isochron_v1_WorkerData, _isochron_v1_CoordinatorData__Output>;
  
}

export interface FleetHandlers extends grpc.UntypedServiceImplementation {
  Control: grpc.handleBidiStreamingCall<_isochron_v1_WorkerControl__Output, _isochron_v1_CoordinatorControl>;
  
  Data: grpc.handleBidiStreamingCall<_isochron_v1_WorkerData__Output, _isochron_v1_CoordinatorData>;
  
}

export interface FleetDefinition extends grpc.ServiceDefinition {
  Control: MethodDefinition<_isochron_v1_WorkerControl, _isochron_v1_CoordinatorControl, _isochron_v1_WorkerControl__Output, _isochron_v1_CoordinatorControl__Output>
  Data: MethodDefinition<_isochron_v1_WorkerData, _isochron_v1_CoordinatorData, _isochron_v1_WorkerData__Output, _isochron_v1_CoordinatorData__Output>
}
