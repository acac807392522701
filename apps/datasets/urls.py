from django.urls import include, path
from rest_framework.routers import SimpleRouter

from apps.datasets.api import lineage as lineage_api
from apps.datasets.api import tables as api
from apps.datasets.api.contracts import ContractViewSet
from apps.datasets.api.erasures import ErasureViewSet
from apps.datasets.api.keeping import HoldViewSet
from apps.datasets.api.sources import SourceViewSet
from apps.datasets.views import contracts, differences, erasures, keeping, sources
from apps.datasets.views import lineage as lineage_views
from apps.datasets.views import tables as views

router = SimpleRouter()
router.register("datasets", api.DatasetViewSet)
router.register("dataset-versions", api.DatasetVersionViewSet)
router.register("holds", HoldViewSet)
router.register("erasures", ErasureViewSet)
router.register("sources", SourceViewSet)
router.register("contracts", ContractViewSet)
urlpatterns = [
    # an OpenLineage client asks for it without the last slash
    path("api/v1/lineage", lineage_api.LineageView.as_view(), name="tell-lineage"),
    path("api/v1/lineage/graph/", lineage_api.LineageGraphView.as_view(), name="lineage-graph"),
    path("api/v1/lineage/impact/", lineage_api.LineageImpactView.as_view(), name="lineage-impact"),
    path("api/v1/", include(router.urls)),
    path("lineage/", lineage_views.lineage, name="lineage"),
    path("lineage/runs/<reference>/", lineage_views.run, name="lineage-run"),
    path("datasets/", views.index, name="datasets"),
    path("datasets/new/", views.register, name="register-dataset"),
    path("datasets/<reference>/", views.show, name="dataset"),
    path("datasets/<reference>/edit/", views.describe, name="describe-dataset"),
    path("datasets/<reference>/upload/", views.upload, name="upload-version"),
    path("datasets/<reference>/retention/", keeping.retention, name="set-retention"),
    path("datasets/<reference>/hold/", keeping.hold, name="place-hold"),
    path("datasets/<reference>/tag/", keeping.tag, name="set-tag"),
    path("datasets/<reference>/contracts/", contracts.index, name="contracts"),
    path("datasets/<reference>/contracts/new/", contracts.draft, name="draft-contract"),
    path("contracts/<reference>/", contracts.show, name="contract"),
    path("contracts/<reference>/edit/", contracts.edit, name="edit-contract"),
    path("contracts/<reference>/agree/", contracts.agree, name="agree-contract"),
    path("contracts/<reference>/withdraw/", contracts.withdraw, name="withdraw-contract"),
    path("contracts/<reference>/end/", contracts.end, name="end-contract"),
    path("contracts/<reference>/document/", contracts.export, name="export-contract"),
    path("dataset-versions/<reference>/check/", contracts.check, name="check-version"),
    path("dataset-versions/<reference>/failing/<int:number>/", contracts.failing, name="failing-rows"),
    path("sources/", sources.index, name="sources"),
    path("sources/new/", sources.choose, name="choose-source"),
    path("sources/new/<kind>/", sources.register, name="register-source"),
    path("sources/<reference>/", sources.show, name="source"),
    path("sources/<reference>/edit/", sources.describe, name="describe-source"),
    path("sources/<reference>/end/", sources.end, name="end-source"),
    path("sources/<reference>/extract/", sources.extract, name="extract-source"),
    path("datasets/<reference>/erase/", erasures.ask, name="ask-erasure"),
    path("erasures/", erasures.index, name="erasures"),
    path("erasures/<reference>/", erasures.show, name="erasure"),
    path("erasures/<reference>/confirm/", erasures.confirm, name="confirm-erasure"),
    path("erasures/<reference>/decline/", erasures.decline, name="decline-erasure"),
    path("holds/<reference>/", keeping.show_hold, name="hold"),
    path("holds/<reference>/lift/", keeping.lift, name="lift-hold"),
    path("dataset-versions/<reference>/diff/", differences.diff, name="dataset-diff"),
    path("dataset-versions/<reference>/dispose/", keeping.dispose, name="dispose-version"),
    path("dataset-versions/<reference>/", views.show_version, name="dataset-version"),
    path("dataset-versions/<reference>/table/", views.download_table, name="download-table"),
    path("dataset-versions/<reference>/source/", views.download_source, name="download-source"),
]
