#version 450
// dst[i] = src[(i + 1) % n] + STEP, by texels, over a grid of three dimensions;
// with TEXELS dst is a storage texel buffer.
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint STEP = 0;
layout(binding = 0) uniform usamplerBuffer src;
#ifdef TEXELS
layout(binding = 1, rgba32ui) uniform writeonly uimageBuffer dst;
#define STORE(i, v) imageStore(dst, int(i), v)
#else
layout(binding = 1) writeonly buffer Dst { uvec4 dst[]; };
#define STORE(i, v) dst[i] = v
#endif
layout(push_constant) uniform Push { uint n, across, down; }; // texels; workgroups in x and y

void main() {
    uint group = (gl_WorkGroupID.z * down + gl_WorkGroupID.y) * across + gl_WorkGroupID.x;
    uint i = group * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
    if (i < n) STORE(i, texelFetch(src, int((i + 1) % n)) + STEP);
}
