// What products by matmul.comp and matvec.comp are told, and where results go.
// Needs common.glsl and params.glsl.
layout(push_constant) uniform Push {
    uint rows;    // rows stored (for EPILOGUE 2: of the product)
    uint blocks;  // cols / 32, rounded up
    uint xStride; // texels from one token's x to the next
    uint yStride; // floats from one token's y to the next
    uint yOffset; // floats before the first row
    float eps;    // of RMSNorm
    float cols;
#ifdef PLACE
    uint heads; // from here on as place.glsl says
    uint group;
    uint window;
    uint pairs;
#endif
} p;

#ifdef PLACE
#include "place.glsl"
#else
layout(binding = 4) uniform isamplerBuffer residual; // y before, bits of floats
layout(std430, binding = 5) writeonly buffer Y { float y[]; };
#endif
