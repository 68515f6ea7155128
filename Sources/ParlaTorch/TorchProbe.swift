import CTorch

/// Whether the engine for graphics cards would work here.
package enum TorchProbe {
  /// The version of torch that the library at one of `paths` works with.
  package static func version(paths: [String]) throws(TorchError) -> String {
    try unsafe text(TorchLibrary(paths).functions.loaded_version())
  }
}
