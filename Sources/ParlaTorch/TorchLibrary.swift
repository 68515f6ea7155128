import CTorch
import Foundation

/// libparla_torch.so, loaded.
@safe struct TorchLibrary: @unchecked Sendable {
  /// Its functions.
  let functions: parla_torch_functions

  /// Loads the first of `paths` that is there.
  init(_ paths: [String]) throws(TorchError) {
    guard let path = paths.first(where: { FileManager.default.fileExists(atPath: $0) }) else {
      throw .noLibrary(paths: paths)
    }
    var functions = parla_torch_functions()
    var version: Int32 = 0
    let status = unsafe parla_torch_open(path, &functions, &version)
    guard status != Int32(PARLA_TORCH_IS_ANOTHER.rawValue) else {
      throw .libraryOfOtherVersion(
        path: path, found: Int(version), expected: Int(PARLA_TORCH_ABI))
    }
    guard status == Int32(PARLA_TORCH_OPENED.rawValue) else {
      throw unsafe .libraryDoesNotLoad(path: path, reason: text(parla_torch_loader_problem()))
    }
    let found = unsafe text(functions.loaded_version())
    let expected = unsafe text(functions.compiled_version())
    guard found == expected else {
      throw .otherTorch(path: path, found: found, expected: expected)
    }
    self.functions = functions
  }

  /// The error of the last call of this thread that failed.
  var problem: String { unsafe text(functions.problem()) }
}

/// The library's message; empty if there is none.
@unsafe func text(_ pointer: UnsafePointer<CChar>?) -> String {
  unsafe pointer.map { unsafe String(cString: $0) } ?? ""
}
