// TestSupport: what the tests of several targets share. It knows files and folders, nothing of the
// product: a helper that knew the product would hide a fault in it.
//
// Start reading at `Repository` and `TemporaryFolder`.
