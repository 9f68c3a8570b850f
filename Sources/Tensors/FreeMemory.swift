import CProbex

/// The allocator's spare memory.
package enum FreeMemory {
  /// Gives memory that was freed back to the kernel: loading experts leaves their files' bytes
  /// behind, and a daemon that stays should not keep them. Costs some milliseconds.
  package static func release() { probex_release_free_memory() }
}
