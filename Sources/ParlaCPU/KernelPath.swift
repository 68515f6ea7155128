import CKernels

/// How exact the operands of matrix products are; sums are always float32.
package enum Precision: String, Sendable, CaseIterable {
  /// 24 significant bits.
  case float32
  /// 8 significant bits, in the range of float32.
  case bfloat16

  /// The one that this processor trains fastest with: bfloat16 where its products are faster, else float32.
  package static var fastest: Precision {
    KernelPath.best.gainsFromBFloat16 ? .bfloat16 : .float32
  }
}

/// Instructions that matrix products can use.
///
/// Each path has kernels for both precisions; without instructions for bfloat16 the operands are rounded and
/// multiplied as float32.
package enum KernelPath: String, Sendable, CaseIterable {
  /// Vectors of four floats, which every processor has: SSE2 or NEON.
  case portable
  /// AVX2 with fused multiplication and addition.
  case avx2
  /// AVX-512.
  case avx512
  /// AVX-512, with vdpbf16ps for bfloat16.
  case avx512BFloat16
  /// AVX-512, with AMX tiles for bfloat16.
  case amx
  /// The code for AMX tiles on a model of them in plain C, for tests.
  case amxModel

  /// The fastest that this processor has.
  package static var best: KernelPath {
    let code = parla_best_path()
    return allCases.first { $0.code == code } ?? .portable
  }

  /// Whether this processor has the instructions, and the kernels made of them reproduce a small product.
  package var isAvailable: Bool { parla_path_is_available(code) != 0 }

  /// Whether products are faster with operands in bfloat16.
  package var gainsFromBFloat16: Bool { parla_path_gains_from_bfloat16(code) != 0 }

  var code: parla_path {
    switch self {
    case .portable: PARLA_PORTABLE
    case .avx2: PARLA_AVX2
    case .avx512: PARLA_AVX512
    case .avx512BFloat16: PARLA_AVX512_BFLOAT16
    case .amx: PARLA_AMX
    case .amxModel: PARLA_AMX_MODEL
    }
  }
}
