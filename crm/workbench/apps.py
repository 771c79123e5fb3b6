from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    name = "crm.workbench"
    label = "workbench"
