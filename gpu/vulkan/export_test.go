package vulkan

// OpenStaged opens a device that reaches its local memory only through the
// staging buffer, as on a graphics card.
func OpenStaged(o Options) (*Device, error) { return open(o, true) }
